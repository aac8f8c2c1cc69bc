export function port(text: string): number {
  return JSON.parse(text) // bad
}

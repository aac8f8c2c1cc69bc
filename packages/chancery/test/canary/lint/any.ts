export function loose(value: any): string { // bad
  return String(value)
}

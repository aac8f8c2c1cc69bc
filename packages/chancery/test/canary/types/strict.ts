export function first(list: readonly string[]): string {
  return list[0] // bad: may be undefined
}

export enum Colour { // bad: Node cannot strip it
  Red,
}

export interface Options {
  port?: number
}
export const options: Options = { port: undefined } // bad: not the same as absent

/** A part of a list. */
export interface Page {
  readonly after?: string
  readonly limit: number
}

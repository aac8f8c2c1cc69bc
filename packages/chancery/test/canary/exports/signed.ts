export const signed = 1
export interface Shape {
  signed: number
}

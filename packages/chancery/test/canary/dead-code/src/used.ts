export const used = 1
export const unused = 2 // bad: nobody imports it
export interface Forgotten { // bad: nor this type
  used: number
}

export const things = 1 // bad: a folder without a row

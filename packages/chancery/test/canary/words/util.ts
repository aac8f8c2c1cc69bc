export const rest = 1 // bad

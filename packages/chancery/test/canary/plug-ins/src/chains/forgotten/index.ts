export const forgotten = 1 // bad: no line in chains.ts

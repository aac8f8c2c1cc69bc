export const sealed = 1 // bad: there is no keys.ts at all

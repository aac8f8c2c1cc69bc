export const greeting = "hello"; // bad

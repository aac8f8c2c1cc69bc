export const orphan = 1 // bad: nobody imports this file

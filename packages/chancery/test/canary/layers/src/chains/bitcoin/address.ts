export const address = 'bcrt1'

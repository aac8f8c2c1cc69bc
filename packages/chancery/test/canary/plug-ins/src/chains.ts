export const chains = { evm: () => import('./chains/evm/index.ts') }

export * from '../../chains/evm/parse.ts' // bad: chain types come through core

/** Who asks, in these tests. */
import type { Principal } from '../../src/core/access.ts'
import type { KeyId, Operation } from '../../src/core/names.ts'

export function client(...operations: readonly Operation[]): Principal {
  return { client: 'cli_1', name: 'somebody', grants: [{ operations, keys: '*', networks: '*' }], scheme: 'api-key' }
}

export function clientOf(keys: readonly KeyId[], ...operations: readonly Operation[]): Principal {
  return { client: 'cli_2', name: 'a few', grants: [{ operations, keys, networks: '*' }], scheme: 'api-key' }
}

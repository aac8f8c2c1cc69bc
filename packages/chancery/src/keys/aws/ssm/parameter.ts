/** What the service itself asks of Parameter Store: whether there is a parameter, and to take one away. It decrypts nothing. */
import type { Deadline } from '../../../base/deadline.ts'
import { Refused } from '../../../core/errors.ts'
import type { Connection } from '../connection.ts'

export async function parameterExists(connection: Connection, path: string, deadline: Deadline): Promise<boolean> {
  return (await lookUp(connection, path, deadline)) !== undefined
}

export interface Parameter {
  /** 1, and one more for each time it was written. */
  readonly version: number
  /** `SecureString`, or a type that encrypts nothing. */
  readonly type: string
}

/** @throws Failed */
export async function lookUp(connection: Connection, path: string, deadline: Deadline): Promise<Parameter | undefined> {
  const target = { operation: 'GetParameter', key: path, mayBeAbsent: true } as const
  const input = { Name: path, WithDecryption: false }
  try {
    const { Parameter } = await connection.parameters(target, (ssm, http) => ssm.getParameter(input, http), deadline)
    return { version: Parameter?.Version ?? 0, type: Parameter?.Type ?? 'unknown' }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Repeatable: one that is gone is left so. */
export async function deleteParameter(connection: Connection, path: string, deadline: Deadline): Promise<void> {
  const target = { operation: 'DeleteParameter', key: path, mayBeAbsent: true } as const
  try {
    await connection.parameters(target, (ssm, http) => ssm.deleteParameter({ Name: path }, http), deadline)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Refused && error.code === 'not-found'
}

/** What the service itself asks of Parameter Store: whether there is a parameter, and to take one away. It decrypts nothing. */
import type { Deadline } from '../../../base/deadline.ts'
import { Refused } from '../../../core/errors.ts'
import type { Connection } from '../connection.ts'

/** @throws Failed */
export async function parameterExists(connection: Connection, path: string, deadline: Deadline): Promise<boolean> {
  const target = { operation: 'GetParameter', key: path }
  const input = { Name: path, WithDecryption: false }
  try {
    await connection.parameters(target, (ssm, http) => ssm.getParameter(input, http), deadline)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** Repeatable: one that is gone is left so. */
export async function deleteParameter(connection: Connection, path: string, deadline: Deadline): Promise<void> {
  const target = { operation: 'DeleteParameter', key: path }
  try {
    await connection.parameters(target, (ssm, http) => ssm.deleteParameter({ Name: path }, http), deadline)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Refused && error.code === 'not-found'
}

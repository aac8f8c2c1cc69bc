/** Reading back JSON that the register itself wrote. */
import { isJsonObject, type JsonObject } from '../base/json.ts'

/** @throws SyntaxError for anything but an object's text. */
export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text)
  if (isJsonObject(value)) return value
  throw new SyntaxError('expected a JSON object')
}

/** A member as text, whatever it is: what a finding names must not stop the verifier by its type. */
export function textIn(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

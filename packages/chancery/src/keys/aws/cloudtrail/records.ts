/**
 * Reads CloudTrail's records out of text that is never whole in memory: files as CloudTrail delivers them
 * (`{"Records":[…]}` on one line), what `aws cloudtrail lookup-events` prints (`{"Events":[{"CloudTrailEvent":"…"}]}`),
 * arrays of records, and one record a line.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
import { isJsonObject, type JsonObject } from '../../../base/json.ts'
import { Refused } from '../../../core/errors.ts'

/** CloudTrail's own limit is 256 KB, or 1 MB where that was chosen. */
const longestRecord = 4 * 1024 * 1024

/** @throws Refused `invalid-payload` for what is no JSON, ends too early, or holds something other than records */
export async function* readRecords(chunks: AsyncIterable<string>): AsyncGenerator<JsonObject> {
  const scanner = createScanner()
  for await (const chunk of chunks) {
    for (const text of scanner.take(chunk)) yield* recordsIn(text)
  }
  scanner.end()
}

function* recordsIn(text: string): Generator<JsonObject> {
  const value = parse(text)
  const { CloudTrailEvent: inner, eventName, Records, Events } = value
  if (typeof inner === 'string') yield requireRecord(parse(inner))
  else if (typeof eventName === 'string') yield requireRecord(value)
  // What is left of a wrapper whose list was read already, or was empty.
  else if (Records === undefined && Events === undefined) throw notCloudTrail()
}

function requireRecord(value: JsonObject): JsonObject {
  const { eventName, eventTime } = value
  if (typeof eventName === 'string' && typeof eventTime === 'string' && Date.parse(eventTime) >= 0) return value
  throw notCloudTrail()
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Said below.
  }
  throw notCloudTrail()
}

function notCloudTrail(): Refused {
  const wanted = 'a log file of CloudTrail, what aws cloudtrail lookup-events prints, or one record a line'
  return new Refused('invalid-payload', 'This is no CloudTrail log', { wanted })
}

/** Where reading stands between two chunks. */
interface Place {
  /** Opening brackets, outermost first; the list that holds the records is written `L`. */
  open: string
  /** Of the object that has not ended, as far as it came. */
  text: string
  /** Of a wrapper, what stood before its list. */
  wrapper: string
  inString: boolean
  /** The last string directly in the outermost object, by which a list of records is told from others: `"Records":[`. */
  lastString: string
  /** A backslash at the end of a chunk. */
  carry: string
}

function createScanner() {
  const place: Place = { open: '', text: '', wrapper: '', inString: false, lastString: '', carry: '' }
  return {
    /** The text of every object that ends in this chunk. */
    take: (chunk: string) => scan(place, place.carry + chunk),
    end() {
      if (place.open !== '' || place.inString) throw notCloudTrail()
    },
  }
}

const marks = { outside: /["{}[\]]/g, inside: /["\\]/g } as const

function scan(place: Place, chunk: string): readonly string[] {
  const ended: string[] = []
  place.carry = ''
  for (let at = 0; at < chunk.length;) {
    const mark = place.inString ? marks.inside : marks.outside
    mark.lastIndex = at
    const found = mark.exec(chunk)?.index ?? chunk.length
    pass(place, chunk.slice(at, found))
    const character = chunk[found] ?? ''
    at = found + (character === '\\' ? 2 : 1)
    if (at > chunk.length) place.carry = character
    else if (place.inString) stepInString(place, chunk.slice(found, at))
    else ended.push(...step(place, character))
  }
  return ended
}

function isBetween({ open }: Place): boolean {
  return open === '' || open.endsWith('L')
}

/** What holds no bracket and no quote. */
function pass(place: Place, text: string): void {
  if (place.inString && place.open === '{') place.lastString += text
  if (!isBetween(place)) keep(place, text)
  else if (/[^\s,]/.test(text)) throw notCloudTrail()
}

function stepInString(place: Place, text: string): void {
  keep(place, text)
  if (text === '"') place.inString = false
}

/** @returns the text of the object that ends here, if one does */
function step(place: Place, character: string): readonly string[] {
  if (character === '{' || character === '[') {
    open(place, character)
    return []
  }
  if (character !== '"') return close(place, character)
  if (isBetween(place)) throw notCloudTrail()
  place.inString = true
  if (place.open === '{') place.lastString = ''
  keep(place, character)
  return []
}

function open(place: Place, character: string): void {
  const wrapping = place.open === '{' && ['Records', 'Events'].includes(place.lastString)
  if (character === '[' && (isBetween(place) || wrapping)) {
    place.open += 'L'
    place.wrapper = place.text
    place.text = ''
  } else {
    place.open += character
    keep(place, character)
  }
}

/** A wrapper's list is cut out of it: `{"Records":[…],"more":1}` ends as `{"Records":[],"more":1}`. */
function close(place: Place, character: string): readonly string[] {
  const opened = place.open.at(-1)
  if (character === '}' ? opened !== '{' : opened !== '[' && opened !== 'L') throw notCloudTrail()
  place.open = place.open.slice(0, -1)
  if (opened === 'L') {
    place.text = place.open === '' ? '' : `${place.wrapper}[]`
    return []
  }
  keep(place, character)
  if (!isBetween(place)) return []
  const { text } = place
  place.text = ''
  return [text]
}

function keep(place: Place, text: string): void {
  place.text += text
  if (place.text.length > longestRecord) throw notCloudTrail()
}

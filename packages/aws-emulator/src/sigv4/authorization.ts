/** The parts of an `Authorization: AWS4-HMAC-SHA256 …` header. */
export interface Authorization {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

export interface IncompleteAuthorization {
  readonly incomplete: string
}

/** Reads the header; says in AWS's words what is missing from it. */
export function parseAuthorization(header: string): Authorization | IncompleteAuthorization {
  const [algorithm, ...rest] = header.trim().split(/\s+/)
  if (algorithm !== 'AWS4-HMAC-SHA256') return { incomplete: `Unsupported AWS 'algorithm': '${algorithm}'.` }
  const parameters = readParameters(rest.join(' '))
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.has(name))
  if (missing.length > 0) {
    const sentences = missing.map((name) => `Authorization header requires '${name}' parameter.`)
    return { incomplete: `${sentences.join(' ')} Authorization=${header}` }
  }
  return fromParameters(parameters)
}

function readParameters(text: string): Map<string, string> {
  const pairs = text.split(',').map((part): [string, string] => {
    const at = part.indexOf('=')
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
  })
  return new Map(pairs)
}

function fromParameters(parameters: Map<string, string>): Authorization | IncompleteAuthorization {
  const credential = parameters.get('Credential') ?? ''
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  if (!accessKeyId || !date || !region || !service || !terminator || more.length > 0) {
    return {
      incomplete: `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    }
  }
  return {
    accessKeyId,
    date,
    region,
    service,
    terminator,
    signedHeaders: (parameters.get('SignedHeaders') ?? '').split(';'),
    signature: parameters.get('Signature') ?? '',
  }
}

/** What `doctor` says of the configuration the service runs with. */
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/store.ts'
import type { Finding } from '../core/services.ts'
import type { Examination } from '../health/doctor.ts'
import { wellOf } from '../health/finding.ts'

export function configurationExamination({ read, keyEncryption, networks, host, tls }: Config): Examination {
  const files = wellOf('configuration', read.length === 0 ? 'defaults and environment' : read.join(', '))
  const sends = networks.filter(({ rpc }) => rpc.length > 0).length
  const served = wellOf('networks', `${networks.length} configured, ${sends} with a node`)
  const findings = [files, served, listenerFinding(host, tls !== undefined), keyEncryptionFinding(keyEncryption)]
  return { name: 'configuration', examine: async () => findings }
}

function listenerFinding(host: string, encrypted: boolean): Finding {
  if (encrypted) return wellOf('listener', `on ${host}, with TLS`)
  if (isLoopback(host)) return wellOf('listener', `on ${host}`)
  const advice = 'Let only a proxy with TLS reach it: over plain HTTP, API keys cross the network for anybody to read'
  return { subject: 'listener', level: 'warning', got: `on ${host}, beyond loopback, without TLS`, advice }
}

function keyEncryptionFinding(from: Config['keyEncryption']): Finding {
  const subject = 'key-encryption key'
  if (from.kind !== 'key-file' || !from.ours) return wellOf(subject, from.kind)
  const advice =
    'Set passphraseFile, keyFile on another disk, or aws.keyEncryptionKey: who reads this file and the data directory has the keys'
  return { subject, level: 'warning', got: `a file the service made, ${from.path}`, advice }
}

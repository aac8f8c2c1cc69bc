/** The services the edge may ask for, over a built house. */
import { isoTime, type Clock } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import type { Secret } from '../base/secret.ts'
import { permits, requireAny, requirePermit } from '../access/permit.ts'
import { writeBackup } from '../backup/backup.ts'
import { actorOf } from '../core/access.ts'
import type { Call } from '../core/call.ts'
import type { Chain } from '../core/chain.ts'
import { commitLimit } from '../core/recorder.ts'
import type { Health, KmsBackendCompat, Operator, RegisterReader, Services } from '../core/services.ts'
import type { Store } from '../core/store.ts'
import type { KeyLoading } from '../core/validators.ts'
import { examineAll, type Examination } from '../health/doctor.ts'
import { createHealth } from '../health/health.ts'
import type { Meters } from '../health/metrics.ts'
import { briefly } from '../health/orphan-findings.ts'
import type { OrphanWatch } from '../health/orphans.ts'
import { writeExport } from '../register/export-file.ts'
import { createRegisterReader } from '../register/reader.ts'
import { sourceOf } from '../register/source.ts'
import type { NoteKey } from '../register/checkpoint.ts'
import type { Witness } from '../register/witness.ts'
import type { Writer } from '../register/writer.ts'
import { enabledValidatorKeys, gaugesOf } from './gauges.ts'
import type { House } from './house.ts'

export interface ServiceParts {
  readonly house: House
  readonly store: Store
  readonly witness: Witness
  readonly chains: readonly Chain[]
  readonly stateKey: Secret
  readonly noteKey: NoteKey
  readonly version: string
  readonly clock: Clock
  readonly meters: Meters
  readonly examinations: readonly Examination[]
  readonly orphanWatch: OrphanWatch
  /** Files a backup must hold beside the store. */
  readonly backupFiles: readonly string[]
  readonly kmsBackend?: KmsBackendCompat
  readonly loading?: KeyLoading
}

export function servicesOf(parts: ServiceParts): Services {
  const { house, kmsBackend, loading, chains, meters } = parts
  const services: Services = {
    ...house,
    register: registerOf(parts),
    health: healthOf(parts),
    operator: operatorOf(parts),
    metrics: meters,
    requireAny,
    schemas: chains.flatMap(({ id, schemas }) => schemas.map((schema) => ({ ...schema, chain: id }))),
    ...(kmsBackend && { kmsBackend }),
    ...(loading && { loading }),
  }
  meters.expose(gaugesOf({ ...parts, loading: services.loading }))
  return services
}

function registerOf({ store, stateKey, noteKey, witness }: ServiceParts): RegisterReader {
  const reader = createRegisterReader({ store, stateKey, noteKey, witness })
  const allowed = ({ principal }: Call) => requirePermit(principal, 'register:read')
  return {
    tail: async (page, call) => (allowed(call), reader.tail(page, call.deadline)),
    checkpoint: async (call) => (allowed(call), reader.checkpoint(call.deadline)),
    verify: async (call) => (allowed(call), reader.verify(call.deadline)),
  }
}

function healthOf({ house, store }: ServiceParts): Health {
  const parts = [
    {
      name: 'store',
      check: async (deadline: Call['deadline']) =>
        `answers; clock ${new Date(await store.time(deadline)).toISOString()}`,
    },
    { name: 'register', check: async () => `${house.writer.status().waiting} waiting` },
  ]
  return {
    ...createHealth(parts, { reasons: () => reasonsOf(house) }),
    ...(house.validators && { validatorKeys: () => enabledValidatorKeys(house.state).length }),
  }
}

/** Reasons for a load balancer to look elsewhere. */
function reasonsOf({ writer }: House): readonly string[] {
  const { behind, fatal, inDoubt } = writer.status()
  return [
    ...(fatal ? ['the register failed'] : []),
    ...(behind ? ['the store is behind its witness'] : []),
    ...(inDoubt ? ['the store is in doubt'] : []),
  ]
}

/** Milliseconds that one who asks for orphans waits: then he hears how far the look is. */
const lookPatience = 10_000

function operatorOf(parts: ServiceParts): Operator {
  const { house, examinations, orphanWatch, store, stateKey, version, clock, backupFiles } = parts
  const administrator = ({ principal }: Call) => requirePermit(principal, 'admin')
  return {
    doctor: async (call) => (administrator(call), examineAll(examinations, call.deadline)),
    orphans: async (call) => (
      administrator(call),
      briefly(await orphanWatch.look(atMost(call.deadline, lookPatience)))
    ),
    backup: async (folder, call) => {
      administrator(call)
      await noteBackup(house.writer, clock, call)
      return writeBackup(
        { store, state: house.state, stateKey, version, clock, files: backupFiles },
        folder,
        call.deadline,
      )
    },
    exportRegister: async (path, call) => {
      if (!permits(call.principal, 'admin')) requirePermit(call.principal, 'register:read')
      return writeExport(sourceOf(store, clock), path)
    },
    acceptGap: async (reason, call) => {
      administrator(call)
      await house.acceptGap({ actor: actorOf(call.principal), reason }, call.deadline)
    },
  }
}

/**
 * Whoever copies the store stands in the register, and what trails is in the copy: an outcome written after it would leave
 * the copy behind a witness that saw everything else. A store that takes no entries any more may still be copied.
 */
async function noteBackup(writer: Writer, clock: Clock, { principal, deadline }: Call): Promise<void> {
  const body = { kind: 'notice', time: isoTime(clock.now()), what: 'backup', actor: actorOf(principal) } as const
  await writer.record({ bodies: [body], guards: [], signs: false }, atMost(deadline, commitLimit)).catch(() => {})
}

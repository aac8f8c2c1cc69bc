/** Everything one request's steps share. */
import type { Services } from '../core/services.ts'
import type { Admission } from './admission.ts'
import type { Identify } from './auth/identify.ts'
import type { Door } from './door.ts'
import type { Draining } from './drain.ts'
import type { HttpOptions } from './options.ts'
import type { Finder } from './routes/finder.ts'
import type { Visits } from './visit.ts'

export interface Edge {
  readonly services: Services
  readonly options: HttpOptions
  readonly door: Door
  readonly identify: Identify
  readonly identifyKmsBackend: Identify
  readonly admissions: Admissions
  readonly draining: Draining
  readonly finder: Finder
  readonly visits: Visits
}

export type Admissions = Readonly<Record<'usual' | 'duties', Admission>>

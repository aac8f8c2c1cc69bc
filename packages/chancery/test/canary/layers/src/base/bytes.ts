import { digest } from '../core/digest.ts' // bad: base stands below core

export const bytes = digest

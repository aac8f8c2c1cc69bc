/** How long a commit may take before the store counts as in doubt: no signature, and an answer within a second. */
export const commitLimit = 1_000

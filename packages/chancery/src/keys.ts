/** The key back-ends, each loaded when it is configured. */
export const keyBackends = {
  sealed: () => import('./keys/sealed/sealed.ts'),
  'aws-kms': () => import('./keys/aws/aws-kms.ts'),
} as const

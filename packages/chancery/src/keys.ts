/** The key back-ends, each loaded when it is configured. */
export const keyBackends = {
  sealed: () => import('./keys/sealed/sealed.ts'),
  'aws-kms': () => import('./keys/aws/aws-kms.ts'),
  'aws-data-key': () => import('./keys/aws/aws-data-key.ts'),
  'aws-ssm': () => import('./keys/aws/aws-ssm.ts'),
} as const

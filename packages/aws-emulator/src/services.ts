/** The services behind the one port, by the name in a signature's credential scope. */
export type ServiceName = 'kms' | 'ssm' | 'sts'

/** An HTTP answer, before faults have their way with it. */
export interface Reply {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

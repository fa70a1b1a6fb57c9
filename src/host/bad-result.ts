/** What a call ends with whose tool returned what cannot be told without reading it; another attempt returns the same. */
export class BadResult extends Error {
  readonly code = 'bad_result'
  readonly retryable = false

  /** @param name  `Response` */
  constructor(name: string) {
    super(
      `returned a ${name}; return its ${name === 'Response' || name === 'Request' ? 'text or json' : 'text or bytes'}`,
    )
  }
}

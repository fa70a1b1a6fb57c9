export const RETURNED: Readonly<Record<string, () => unknown>>
export const THROWN: Readonly<Record<string, () => unknown>>

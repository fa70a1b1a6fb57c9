/**
 * The constants and functions of the calculator. Maps, not objects: `constructor` is no name here.
 */
export type NamedFunction = {
  /** How many arguments it takes. */
  least: number
  most: number
  apply: (...values: number[]) => number
}

export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['phi', (1 + Math.sqrt(5)) / 2],
])

export const FUNCTIONS: ReadonlyMap<string, NamedFunction> = new Map([
  ...['sqrt', 'cbrt', 'abs', 'exp', 'log10', 'log2', 'floor', 'ceil', 'trunc', 'sign'].map(fromMath),
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh'].map(fromMath),
  ['ln', { least: 1, most: 1, apply: Math.log }],
  ['log', { least: 1, most: 2, apply: logarithm }],
  ['round', { least: 1, most: 2, apply: round }],
  ['atan2', { least: 2, most: 2, apply: Math.atan2 }],
  ['hypot', { least: 1, most: 100, apply: Math.hypot }],
  ['min', { least: 1, most: 100, apply: Math.min }],
  ['max', { least: 1, most: 100, apply: Math.max }],
])

function fromMath(name: string): [string, NamedFunction] {
  // The lists above hold nothing but functions of Math with one parameter.
  const apply = Math[name as 'sqrt']
  return [name, { least: 1, most: 1, apply }]
}

/** To base ten unless a base is given, as on a pocket calculator. */
function logarithm(value = Number.NaN, base = 10): number {
  return base === 10 ? Math.log10(value) : Math.log(value) / Math.log(base)
}

/**
 * Half away from zero, as taught in school: Math.round takes -2.5 to -2. Shifting by writing the
 * exponent keeps 1.005 from turning into 1.00499999 on the way.
 */
function round(value = Number.NaN, digits = 0): number {
  if (!Number.isInteger(digits) || Math.abs(digits) > 100) return Number.NaN
  const shifted = Math.round(shift(Math.abs(value), digits))
  return Math.sign(value) * shift(shifted, -digits)
}

function shift(value: number, digits: number): number {
  const [mantissa, exponent = '0'] = String(value).split('e')
  return Number(`${mantissa}e${Number(exponent) + digits}`)
}

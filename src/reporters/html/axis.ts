/** Where the lines of time stand in a picture: round instants, few enough to be told apart. Pure. */

const FACTORS = [1, 2, 5, 10]
/** Of a picture on a telephone, too. */
const MOST = 5

/**
 * @param endMs  where the picture ends, above 0
 * @returns      ms, ascending, the first 0
 */
export function ticks(endMs: number): number[] {
  const least = endMs / MOST
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * (FACTORS.find((factor) => power * factor >= least) ?? 10)
  return Array.from({ length: Math.floor(endMs / step + 1e-9) + 1 }, (_, index) => index * step)
}

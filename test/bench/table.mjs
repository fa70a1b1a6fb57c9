/** Medians and the table. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** 1,284 above a hundred, 57.3 above ten, 1.84 below. */
export function number(value) {
  if (!Number.isFinite(value)) return '-'
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export function range(values) {
  return values.length === 0 ? '-' : `${number(Math.min(...values))}-${number(Math.max(...values))}`
}

/** `met`, or by how much not. */
export function verdict(value, max, unit) {
  if (!Number.isFinite(value)) return 'not measured'
  if (value <= max) return 'met'
  const over = value - max
  return `missed by ${unit === 'x' ? over.toFixed(3) : number(over)} ${unit}`
}

/** A case of cases.mjs against its target: `[target, verdict]`. @param ratio  ms to the least possible */
export function judged(target, ms, ratio, turns) {
  if (target.ratio !== undefined) return [`<= ${target.ratio} x`, verdict(ratio, target.ratio, 'x')]
  if (target.turnMs !== undefined) return [`<= ${target.turnMs} a turn`, verdict(ms / turns, target.turnMs, 'ms')]
  return [`<= ${target.ms} ms`, verdict(ms, target.ms, 'ms')]
}

/** Columns as wide as their widest cell; the first two and the last two to the left, numbers to the right. */
export function table(header, rows) {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (row) => {
    const cells = row.map((cell, column) =>
      isText(column, header) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    )
    return cells.join('  ').trimEnd()
  }
  return [line(header), ...rows.map(line)].join('\n')
}

function isText(column, header) {
  return column < 2 || column >= header.length - 2
}

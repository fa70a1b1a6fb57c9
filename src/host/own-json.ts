/**
 * JSON as it was before a tool could put something else in its place: what the host says is not to
 * depend on what tools have made of the functions that everybody shares.
 */
export const { parse, stringify } = JSON

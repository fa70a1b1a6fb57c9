/**
 * Names of files and folders that a tool does not hand out by itself. Case does not count: on some
 * disks `.GIT` is `.git`.
 */
const SECRET_NAMES: readonly RegExp[] = [
  // .env, .git, .ssh, .npmrc, .netrc, .aws: whatever is hidden
  /^\./,
  // production.env, settings.env.local
  /\.env(\.|$)/i,
  // keys and key stores
  /\.(pem|key|p8|p12|pfx|ppk|jks|keystore|kdbx|asc|gpg)$/i,
  // id_rsa and its copies, but not id_rsa.pub
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?(?!.*\.pub$)/i,
  /^(_netrc|credentials(\.(json|ya?ml|toml|ini|csv))?|secrets?\.(json|ya?ml|toml|ini))$/i,
  // service-account.json, my-service_account-key.json
  /service[-_]?account.*\.json$/i,
]

/** @param name  one part of a path, without separators */
export function looksSecret(name: string): boolean {
  return SECRET_NAMES.some((pattern) => pattern.test(name))
}

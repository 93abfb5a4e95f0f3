/** Which Secrets a snapshot holds: every one, the releases in Helm's storage, or none. */
export const SECRETS_HELD = ['all', 'helm', 'none'] as const
export type SecretsHeld = (typeof SECRETS_HELD)[number]

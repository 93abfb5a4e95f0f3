/**
 * Text that is encrypted while it is kept or sent between threads: plain data, equal for equal texts, and decrypted
 * only where it is used.
 */
export type Encrypted = string & { readonly __brand: 'Encrypted' }

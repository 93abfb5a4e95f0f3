/**
 * Text that is encrypted for as long as it is kept or sent between threads: plain data, equal for equal texts, and opened only
 * where it is used.
 */
export type Encrypted = string & { readonly __brand: 'Enclosed' }

/** JSON with integers that JSON cannot print by itself: values of charts can hold such. */
export function stringifyExactly(input: unknown): string {
  return JSON.stringify(input, (_key, value: unknown) =>
    typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value,
  )
}

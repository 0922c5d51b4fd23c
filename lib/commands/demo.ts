export function demo(_a: readonly string[]): Promise<number> {
  return Promise.resolve(1);
}

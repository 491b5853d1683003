declare module '@vercel/ncc' {
  export interface NccResult {
    readonly code: string;
    /** Chunks and files that the code reads at run time, by path below dist. */
    readonly assets: Readonly<Record<string, { source: string | Buffer; permissions?: number }>>;
    readonly stats: { toJson(options: Record<string, unknown>): unknown };
  }

  export default function ncc(
    input: string,
    options: { minify: boolean; sourceMap: boolean; cache: boolean; quiet: boolean },
  ): Promise<NccResult>;
}

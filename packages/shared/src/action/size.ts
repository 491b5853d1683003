const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** Bytes of `500MB`, `400 MiB`, `1.5GB`; `undefined` for anything else, bare numbers included. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?i?B)$/i.exec(text);
  const unit = UNITS[match?.[2]?.toUpperCase() ?? ''];
  return match && unit ? Math.round(Number(match[1]) * unit) : undefined;
}

/** Bytes as `812 B`, `4.5 kB`, `118 MB`, `1.2 GB`: decimal, as registries and docker show them. */
export function formatSize(bytes: number): string {
  const [value, unit] =
    bytes < 1e3
      ? [bytes, 'B']
      : bytes < 1e6
        ? [bytes / 1e3, 'kB']
        : bytes < 1e9
          ? [bytes / 1e6, 'MB']
          : [bytes / 1e9, 'GB'];
  return `${value < 10 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

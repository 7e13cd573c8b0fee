// SHA-256 and SHA-512 (FIPS 180-4). Own code because a page opened from disk is not a secure
// context in every browser, and only secure contexts are given crypto.subtle.

const MASK64 = (1n << 64n) - 1n;

// The constants are the first 64 bits of the fractional parts of roots of the first primes
// (FIPS 180-4 sections 4.2.3 and 5.3.5); SHA-256 uses the upper 32 of them.
const PRIMES = (() => {
  const primes = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);
  return primes;
})();

function fractionOfRoot(n, degree) {
  const k = BigInt(degree);
  const target = BigInt(n) << (64n * k);
  let root = 1n << 68n; // above the root of any of the 80 primes: Newton descends from here
  for (;;) {
    const next = ((k - 1n) * root + target / root ** (k - 1n)) / k;
    if (next >= root) return root & MASK64;
    root = next;
  }
}

const START_512 = PRIMES.slice(0, 8).map((p) => fractionOfRoot(p, 2));
const ROUND_512 = PRIMES.map((p) => fractionOfRoot(p, 3));
const upper32 = (n) => Number(n >> 32n);
const START_256 = START_512.map(upper32);
const ROUND_256 = ROUND_512.slice(0, 64).map(upper32);

function padded(bytes, blockSize, lengthSize) {
  const size = Math.ceil((bytes.length + 1 + lengthSize) / blockSize) * blockSize;
  const out = new Uint8Array(size);
  out.set(bytes);
  out[bytes.length] = 0x80;
  new DataView(out.buffer).setBigUint64(size - 8, BigInt(bytes.length) * 8n);
  return new DataView(out.buffer);
}

function sha256(bytes) {
  const data = padded(bytes, 64, 8);
  const hash = Uint32Array.from(START_256);
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let start = 0; start < data.byteLength; start += 64) {
    for (let i = 0; i < 16; i++) w[i] = data.getUint32(start + 4 * i);
    for (let i = 16; i < 64; i++) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_256[i] + w[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { hash[i] += x; });
  }
  const out = new DataView(new ArrayBuffer(32));
  hash.forEach((x, i) => out.setUint32(4 * i, x));
  return new Uint8Array(out.buffer);
}

function sha512(bytes) {
  const data = padded(bytes, 128, 16);
  const hash = BigUint64Array.from(START_512);
  const w = new BigUint64Array(80);
  const turn = (x, n) => ((x >> n) | (x << (64n - n))) & MASK64;
  for (let start = 0; start < data.byteLength; start += 128) {
    for (let i = 0; i < 16; i++) w[i] = data.getBigUint64(start + 8 * i);
    for (let i = 16; i < 80; i++) {
      const s0 = turn(w[i - 15], 1n) ^ turn(w[i - 15], 8n) ^ (w[i - 15] >> 7n);
      const s1 = turn(w[i - 2], 19n) ^ turn(w[i - 2], 61n) ^ (w[i - 2] >> 6n);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (~e & MASK64 & g)) + ROUND_512[i] + w[i];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK64, c, b, a, (t1 + t2) & MASK64];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => { hash[i] += x; });
  }
  const out = new DataView(new ArrayBuffer(64));
  hash.forEach((x, i) => out.setBigUint64(8 * i, x));
  return new Uint8Array(out.buffer);
}

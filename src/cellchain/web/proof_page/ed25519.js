// Ed25519 verification (RFC 8032), as strict as libsodium, which decides on the ledger: keys and
// commitments of small order, encodings that are not canonical and S >= L are refused, and the
// equation is checked without the cofactor. It verifies public signatures only, so that it need
// not run in constant time.

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (x, m = P) => ((x % m) + m) % m;

function power(base, exponent) {
  let result = 1n;
  for (let e = exponent, b = mod(base); e > 0n; e >>= 1n, b = (b * b) % P)
    if (e & 1n) result = (result * b) % P;
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n);
const ZERO = [0n, 1n, 1n, 0n]; // extended coordinates X, Y, Z, T = XY/Z
const BASE = decodePoint(encodeInteger(mod(4n * power(5n, P - 2n)), 0n));

function decodeInteger(bytes) {
  return bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
}

function encodeInteger(y, sign) {
  const n = y | (sign << 255n);
  return Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
}

function decodePoint(bytes) {
  const n = decodeInteger(bytes);
  const [y, sign] = [n & (2n ** 255n - 1n), n >> 255n];
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(u * v ** 7n, (P - 5n) / 8n));
  if (mod(v * x * x + u) === 0n) x = mod(x * ROOT_OF_MINUS_1);
  if (mod(v * x * x - u) !== 0n || (x === 0n && sign === 1n)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function encodePoint([x, y, z]) {
  const inverse = power(z, P - 2n);
  return encodeInteger(mod(y * inverse), mod(x * inverse) & 1n);
}

function addPoints([x1, y1, z1, t1], [x2, y2, z2, t2]) { // RFC 8032 section 5.1.4
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiplyPoint(point, scalar) {
  let result = ZERO;
  for (let n = scalar, p = point; n > 0n; n >>= 1n, p = addPoints(p, p))
    if (n & 1n) result = addPoints(result, p);
  return result;
}

function hasSmallOrder(point) {
  const [x, y, z] = multiplyPoint(point, 8n);
  return x === 0n && y === z;
}

const equalBytes = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const joinBytes = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

function verifyStrictly(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const commitment = signature.subarray(0, 32);
  const s = decodeInteger(signature.subarray(32));
  const key = decodePoint(publicKey);
  if (s >= L || key === null || hasSmallOrder(key)) return false;
  const h = mod(decodeInteger(sha512(joinBytes(commitment, publicKey, message))), L);
  const [x, y, z, t] = multiplyPoint(key, h);
  const expected = addPoints(multiplyPoint(BASE, s), [mod(-x), y, z, mod(-t)]);
  return equalBytes(encodePoint(expected), commitment) && !hasSmallOrder(expected);
}

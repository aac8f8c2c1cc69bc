/*
 * BLS signatures (min-pk, proof of possession) in two halves: the hash to G2, and the multiplication by the secret key. One
 * hash then serves every key that signs the message. The mathematics is blst's; what is ours is handles and their ends.
 */
#define NAPI_VERSION 9
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "blst.h"

#define KEY_MAGIC 0x424c534b
#define POINT_MAGIC 0x424c5350
#define SIGNATURE_SIZE 192
#define MOST_KEYS 64

static const uint8_t suite[] = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

typedef struct {
  uint32_t magic;
  int loaded;
  blst_scalar scalar;
} key_handle;

typedef struct {
  uint32_t magic;
  blst_p2 point;
} point_handle;

/* The compiler may drop a memset of what is not read again. */
static void wipe(void *memory, size_t size) {
  volatile uint8_t *byte = memory;
  while (size--) *byte++ = 0;
}

static napi_value fail(napi_env env, const char *message) {
  napi_throw_range_error(env, NULL, message);
  return NULL;
}

static int arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *values) {
  size_t count = wanted;
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) == napi_ok && count >= wanted) return 1;
  fail(env, "an argument is missing");
  return 0;
}

static int bytes_of(napi_env env, napi_value value, uint8_t **bytes, size_t *size) {
  napi_typedarray_type type;
  bool is = false;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is &&
      napi_get_typedarray_info(env, value, &type, size, (void **)bytes, NULL, NULL) == napi_ok && type == napi_uint8_array)
    return 1;
  fail(env, "expected a Uint8Array");
  return 0;
}

static void *handle_of(napi_env env, napi_value value, uint32_t magic) {
  napi_valuetype type;
  void *handle = NULL;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_external &&
      napi_get_value_external(env, value, &handle) == napi_ok && handle && *(uint32_t *)handle == magic)
    return handle;
  fail(env, magic == KEY_MAGIC ? "expected a key" : "expected a point");
  return NULL;
}

static key_handle *key_of(napi_env env, napi_value value) {
  key_handle *key = handle_of(env, value, KEY_MAGIC);
  if (key && !key->loaded) {
    fail(env, "this key was wiped");
    return NULL;
  }
  return key;
}

static void free_key(napi_env env, void *handle, void *hint) {
  (void)env, (void)hint;
  wipe(handle, sizeof(key_handle));
  free(handle);
}

static void free_point(napi_env env, void *handle, void *hint) {
  (void)env, (void)hint;
  free(handle);
}

static napi_value new_bytes(napi_env env, size_t size, uint8_t **bytes) {
  napi_value buffer, array;
  if (napi_create_arraybuffer(env, size, (void **)bytes, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &array) != napi_ok)
    return fail(env, "out of memory");
  return array;
}

/* loadKey(32 bytes, big-endian, 1 to r-1): a handle. The caller still owns, and wipes, the bytes. */
static napi_value load_key(napi_env env, napi_callback_info info) {
  napi_value argument, handle;
  uint8_t *bytes;
  size_t size;
  if (!arguments(env, info, 1, &argument) || !bytes_of(env, argument, &bytes, &size)) return NULL;
  if (size != 32) return fail(env, "expected a private key of 32 bytes");
  key_handle *key = calloc(1, sizeof(key_handle));
  if (!key) return fail(env, "out of memory");
  blst_scalar_from_bendian(&key->scalar, bytes);
  if (!blst_sk_check(&key->scalar)) {
    free_key(env, key, NULL);
    return fail(env, "not a BLS12-381 private key");
  }
  key->magic = KEY_MAGIC;
  key->loaded = 1;
  if (napi_create_external(env, key, free_key, NULL, &handle) != napi_ok) {
    free_key(env, key, NULL);
    return fail(env, "out of memory");
  }
  return handle;
}

/* wipeKey(key): zeroes it at once; using it again throws. */
static napi_value wipe_key(napi_env env, napi_callback_info info) {
  napi_value argument;
  if (!arguments(env, info, 1, &argument)) return NULL;
  key_handle *key = handle_of(env, argument, KEY_MAGIC);
  if (!key) return NULL;
  wipe(&key->scalar, sizeof key->scalar);
  key->loaded = 0;
  return NULL;
}

/* publicKey(key): 48 bytes, compressed. */
static napi_value public_key(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  uint8_t *out;
  if (!arguments(env, info, 1, &argument)) return NULL;
  key_handle *key = key_of(env, argument);
  if (!key || !(result = new_bytes(env, 48, &out))) return NULL;
  blst_p1 point;
  blst_sk_to_pk_in_g1(&point, &key->scalar);
  blst_p1_compress(out, &point);
  return result;
}

/* hashToG2(message): the point, as a handle, so that no other bytes are ever multiplied by a key. */
static napi_value hash_to_g2(napi_env env, napi_callback_info info) {
  napi_value argument, handle;
  uint8_t *message;
  size_t size;
  if (!arguments(env, info, 1, &argument) || !bytes_of(env, argument, &message, &size)) return NULL;
  point_handle *hash = calloc(1, sizeof(point_handle));
  if (!hash) return fail(env, "out of memory");
  hash->magic = POINT_MAGIC;
  blst_hash_to_g2(&hash->point, message, size, suite, sizeof suite - 1, NULL, 0);
  if (napi_create_external(env, hash, free_point, NULL, &handle) != napi_ok) {
    free(hash);
    return fail(env, "out of memory");
  }
  return handle;
}

static int multiply(napi_env env, napi_value keys, napi_value points, uint32_t count, blst_p2 *signatures) {
  for (uint32_t i = 0; i < count; i++) {
    napi_value key_value, point_value;
    if (napi_get_element(env, keys, i, &key_value) != napi_ok || napi_get_element(env, points, i, &point_value) != napi_ok)
      return 0;
    key_handle *key = key_of(env, key_value);
    point_handle *hash = key ? handle_of(env, point_value, POINT_MAGIC) : NULL;
    if (!hash) return 0;
    blst_sign_pk_in_g1(&signatures[i], &hash->point, &key->scalar);
  }
  return 1;
}

/* signMany([key, …], [point, …]): 192 bytes a pair, in one array. One inversion serves all. */
static napi_value sign_many(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  uint32_t count, points;
  uint8_t *out;
  blst_p2 signatures[MOST_KEYS];
  blst_p2_affine affine[MOST_KEYS];
  const blst_p2 *all[2] = {signatures, NULL};
  if (!arguments(env, info, 2, values)) return NULL;
  if (napi_get_array_length(env, values[0], &count) != napi_ok || napi_get_array_length(env, values[1], &points) != napi_ok ||
      count < 1 || count > MOST_KEYS || points != count)
    return fail(env, "expected 1 to 64 keys, and as many points");
  if (!(result = new_bytes(env, (size_t)count * SIGNATURE_SIZE, &out))) return NULL;
  if (!multiply(env, values[0], values[1], count, signatures)) return NULL;
  blst_p2s_to_affine(affine, all, count);
  for (uint32_t i = 0; i < count; i++) blst_p2_affine_serialize(out + (size_t)i * SIGNATURE_SIZE, &affine[i]);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"loadKey", NULL, load_key, NULL, NULL, NULL, napi_enumerable, NULL},
      {"wipeKey", NULL, wipe_key, NULL, NULL, NULL, napi_enumerable, NULL},
      {"publicKey", NULL, public_key, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hashToG2", NULL, hash_to_g2, NULL, NULL, NULL, napi_enumerable, NULL},
      {"signMany", NULL, sign_many, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}

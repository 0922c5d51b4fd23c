/**
 * The grammar of HTTP/1.1, one expression a rule. Above each stands the ABNF
 * that it implements, and what it takes less of: where two readers could take
 * a message in two ways, it is refused.
 *
 * All text is one code unit a byte.
 *
 * @module
 */

/**
 * RFC 9110 section 5.6.2; a method, a field name, a connection option:
 *
 *     token = 1*tchar
 *     tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." /
 *             "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
 */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * RFC 9112 section 3 and section 2.3:
 *
 *     request-line = method SP request-target SP HTTP-version
 *     HTTP-version = HTTP-name "/" DIGIT "." DIGIT
 *     HTTP-name    = %s"HTTP"
 *
 * Stricter: one SP exactly, where section 3 lets a reader take any whitespace.
 * Looser: the method is any text here and is checked with {@link TOKEN}, the
 * target is read in `lib/docker/match.ts`.
 */
export const REQUEST_LINE = /^(\S+) (\S+) HTTP\/([0-9])\.([0-9])$/;

/**
 * RFC 9112 section 4:
 *
 *     status-line   = HTTP-version SP status-code SP [ reason-phrase ]
 *     status-code   = 3DIGIT
 *     reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
 *
 * Stricter: HTTP/1.0 and HTTP/1.1 only, and no status below 100. Looser: the
 * SP before an empty reason phrase may be left out, as section 4 allows.
 */
export const STATUS_LINE =
  /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;

/**
 * RFC 9110 section 5.5 and RFC 5234 appendix B.1:
 *
 *     field-value   = *field-content
 *     field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
 *     field-vchar   = VCHAR / obs-text
 *     VCHAR         = %x21-7E
 *     obs-text      = %x80-FF
 *
 * For a whole line: the bytes of a field line.
 */
// deno-lint-ignore no-control-regex -- control bytes are what it is about
export const FIELD_LINE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;

/**
 * The same without obs-text: a request line, and the value of a field of a
 * client that is read here, so that no reader takes another text from it.
 */
export const ASCII_LINE = /^[\t\x20-\x7e]*$/;

/** A CR or an LF that is not part of a line end (RFC 9112 section 2.2). */
export const BARE_CR_OR_LF = /[\r\n]/;

/**
 * What is in no head of a client, whatever follows: a control byte other than
 * HTAB, or an LF without its CR. A CR may still get its LF.
 */
export const NEVER_IN_CLIENT_HEAD =
  // deno-lint-ignore no-control-regex -- control bytes are what it is about
  /[^\r]\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** What is in no request line besides: obs-text. */
export const OBS_TEXT = /[\x80-\xff]/;

/**
 * An empty line before the request line.
 * Stricter: RFC 9112 section 2.2 lets a server ignore one.
 */
export const EMPTY_FIRST_LINE = /^[\r\n]/;

/**
 * RFC 9110 section 7.2:
 *
 *     Host = uri-host [ ":" port ]
 *
 * What makes a value more than one host; the rest of it decides nothing.
 */
export const NOT_ONE_HOST = /[\s,]/;

/**
 * RFC 9110 section 8.6:
 *
 *     Content-Length = 1*DIGIT
 *
 * Stricter: at most 15 digits, which a JavaScript number holds exactly, and no
 * list of equal lengths.
 */
export const CONTENT_LENGTH = /^[0-9]{1,15}$/;

/**
 * RFC 9110 section 5.6.1, as a recipient reads it:
 *
 *     #element = [ element ] *( OWS "," OWS [ element ] )
 *
 * @param most The number after which the rest is left out.
 * @returns The members in lower case. Empty ones stay; they name nothing.
 */
export function listMembers(value: string, most?: number): string[] {
  return value.toLowerCase().split(",", most).map(withoutOws);
}

/**
 * A value without the whitespace around it (RFC 9110 section 5.6.3):
 *
 *     OWS = *( SP / HTAB )
 *
 * @param text A part of a {@link FIELD_LINE}.
 */
export function withoutOws(text: string): string {
  const trimmed = text.trim();
  // It takes %xA0 for whitespace too, which is a byte of the value.
  if (trimmed.length === text.length || !text.includes("\xa0")) return trimmed;
  const from = text.search(/[^\t ]/);
  return text.slice(
    from,
    Math.max(text.trimEnd().length, text.lastIndexOf("\xa0") + 1),
  );
}

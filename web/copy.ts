/**
 * Copies a text to the clipboard.
 *
 * @module
 */

/** Copies a text; false where the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
  // Only a secure context has it: https, or http on the machine's own address.
  if (navigator.clipboard !== undefined) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused here; the old way asks for no permission.
    }
  }
  return copySelection(text);
}

function copySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "away";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}

/**
 * What the program keeps by text that others choose: every `Map` that it fills.
 *
 * @module
 */

/** What was seen of the maps whose keys begin in one way. */
export interface MapsSeen {
  /** Every key that was set, in order. */
  readonly keys: string[];
  /** The most keys that one of the maps had at a time. */
  most(): number;
  /** The most characters that the keys of one of the maps had at a time. */
  mostCharacters(): number;
  /** Stops looking. */
  stop(): void;
}

/** Looks from now on at all maps of this test file that get a text key with that start. */
export function watchMaps(start: string): MapsSeen {
  const { set } = Map.prototype;
  const keys: string[] = [];
  let most = 0;
  let mostCharacters = 0;
  Map.prototype.set = function (key, value) {
    set.call(this, key, value);
    if (typeof key === "string" && key.startsWith(start)) {
      keys.push(key);
      most = Math.max(most, this.size);
      let characters = 0;
      for (const one of this.keys()) characters += String(one).length;
      mostCharacters = Math.max(mostCharacters, characters);
    }
    return this;
  };
  return {
    keys,
    most: () => most,
    mostCharacters: () => mostCharacters,
    stop: () => void (Map.prototype.set = set),
  };
}

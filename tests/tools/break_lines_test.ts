import { assert, assertEquals } from "@std/assert";
import { breakLines } from "../../tools/break_lines.ts";

/** A program in one line, as a minifier writes it. */
function program(statement: string): string {
  return `let out=[];${statement.repeat(100)}export default out;`;
}

const STATEMENTS = {
  "statements and blocks": "{let a=1;if(a)out.push(a);else{out.push(2)}}",
  "a comma for each statement": "out.push(1),out.push(2),out.push(`a b`);",
  "tables": 'out.push({a:[1,2,"three"],b:{c:/[;,]/,d:`x${1+2}y`}});',
  "return and throw":
    "out.push((()=>{try{throw 1+2}catch(e){return e,e+1}})());",
  "conditions": "out.push(out.length>3?out.length%2:out.length||!1);",
  "loops and labels":
    "a:for(let i=0;i<3;i++){do{if(i>1)continue a;out.push(i)}while(0)}",
};

for (const [name, statement] of Object.entries(STATEMENTS)) {
  Deno.test(`breakLines() adds line breaks and nothing else: ${name}`, async () => {
    const text = program(statement);
    const broken = breakLines(text);
    assertEquals(broken.replaceAll("\n", ""), text);
    assert(broken.split("\n").every((line) => line.length < 200), broken);
    const run = async (source: string) =>
      (await import(`data:text/javascript,${encodeURIComponent(source)}`))
        .default;
    assertEquals(await run(broken), await run(text));
  });
}

Deno.test("breakLines() breaks no string and no template", () => {
  const text = `let a="${"; ,".repeat(100)}",b=\`${"; ,".repeat(100)}\`;`;
  assertEquals(breakLines(text).replace("\n", ""), text);
});

// Runs code in MicroPython's WebAssembly port: node run_webassembly.mjs MICROPYTHON.MJS CODE
// The files of the current folder are copied to MicroPython's own file system first.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [program, code] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(program));
const write = (data) => fs.writeSync(1, data);
const mp = await loadMicroPython({ heapsize: 8 * 1024 * 1024, stdout: write, stderr: write, linebuffer: false });

function copy(folder, target) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const from = path.join(folder, entry.name);
        const to = target + "/" + entry.name;
        if (entry.isDirectory()) {
            mp.FS.mkdir(to);
            copy(from, to);
        } else {
            mp.FS.writeFile(to, fs.readFileSync(from));
        }
    }
}

copy(".", "");
try {
    mp.runPython(code);
} catch (error) {
    write(Buffer.from(error.message.replace(/\n?$/, "\n")));
    process.exitCode = 1;
}

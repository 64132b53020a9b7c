// Ends before it announces anything.
process.stderr.write("nothing to do\n");
process.exit(7);

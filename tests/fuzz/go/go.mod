module sockwarden/fuzz

go 1.21

#!/usr/bin/env bash
# Measures all that README.md and this folder say anew: make results DATA=path/to/archive
# The commands are those of README.md beside this file. Nothing is replaced before all have run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
archive=${1:?name the archive: make results DATA=path/to/aclImdb_labelled.tar.gz}
[[ -f $archive ]] || { echo "$archive: no such file" >&2; exit 2; }
if ! .venv/bin/python -c 'import torch' 2>/dev/null; then
  echo "torch is missing: .venv/bin/pip install torch" >&2
  exit 2
fi
PATH=$PWD/.venv/bin:$PATH
# Elsewhere, so that the records don't say that the checkout was changed.
work=$(mktemp -d)
# Under the name that the commands have.
ln -s "$(realpath "$archive")" "$work/aclImdb_labelled.tar.gz"

sed -n 's/^    \(skipzeros .*\)/\1/p' results/README.md >"$work/commands"
while read -r line; do
  eval "words=($line)"  # a name with brackets is quoted there
  echo "== ${words[*]}"
  words=("${words[@]/#results\//$work/}")
  words=("${words[@]/#aclImdb_labelled/$work/aclImdb_labelled}")
  code=0
  "${words[@]}" </dev/null || code=$?
  [[ $code == 0 ]] || { echo "ended with $code; what was measured lies in $work" >&2; exit "$code"; }
done <"$work/commands"

for folder in "$work"/*/; do
  name=$(basename "$folder")
  rm -rf "results/$name"
  mv "$folder" "results/$name"
done
rm -rf "$work"
skipzeros report results/imdb results/compiled results/waste results/vocabulary results/hidden
python results/into_readme.py

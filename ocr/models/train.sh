#!/bin/sh
# Trains, quantises and judges every network of the protocol again: sh ocr/models/train.sh FOLDER, from the root of the workspace.
# MNIST must be in mnist/ (ocr data). What is there already in FOLDER is kept, and an interrupted training is gone on with.
set -e
folder=${1:?give a folder for the models}
mkdir -p "$folder"
cargo build --release -p qgen-ocr --bin ocr
ocr() { cargo run --quiet --release -p qgen-ocr --bin ocr -- "$@"; }
train() { [ -e "$folder/$1.safetensors" ] || ocr train --out "$folder/$1.safetensors" --distortion-layer "$2" --seed "$seed" $3; }
for seed in 1 2 3 4 5; do
    train "none-$seed" none
    train "scale4b2-$seed" scale
    train "clean-$seed" none --no-blur
    train "scale9-$seed" scale "--constant 9 --factor 1"
done
for seed in 1 2 3; do
    for layer in response mix target; do train "$layer-$seed" "$layer"; done
done
[ -e "$folder/line-1.safetensors" ] || ocr train-text --out "$folder/line-1.safetensors" --seed 1
quantize() { [ -e "$folder/$1-$2$4.safetensors" ] || ocr quantize "$folder/$1.safetensors" --bits "$2" $3 --out "$folder/$1-$2$4.safetensors"; }
for model in line-1 clean-1 clean-2 clean-3 clean-4 clean-5 scale4b2-1 scale4b2-2 scale4b2-3 scale4b2-4 scale4b2-5; do
    for bits in 8 7 6 5 4.6 4 3 2 ternary binary; do quantize "$model" "$bits"; done
    quantize "$model" 4 --all -all
done
# What of the loss is the layer's, and what is that of few bits: the baseline, too.
for seed in 1 2 3 4 5; do
    for bits in 8 4; do quantize "none-$seed" "$bits"; done
done
ocr evaluate "$folder"/*.safetensors --json "$folder/figures.json" --force

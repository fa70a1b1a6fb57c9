#!/usr/bin/env bash
sleep 1.5
echo "bash $2"

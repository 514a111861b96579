# gankit for a CPU:  docker build -t gankit .
# and for CUDA:      docker build -t gankit --build-arg TORCH=https://download.pytorch.org/whl/cu130 .
# then               docker run --rm -v "$PWD:/home/gankit" [--gpus all] gankit train --data photos/
FROM python:3.12-slim
ARG TORCH=https://download.pytorch.org/whl/cpu
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY gankit gankit
RUN pip install --no-cache-dir --index-url "$TORCH" --extra-index-url https://pypi.org/simple "torch>=2.13" \
 && pip install --no-cache-dir ".[hub,export]"
WORKDIR /home/gankit
ENV GANKIT_CACHE=/home/gankit/.gankit-cache
ENTRYPOINT ["gankit"]
CMD ["--help"]
